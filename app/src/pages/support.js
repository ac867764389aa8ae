(() => {
  const left = document.getElementById('support-left');
  if (!left) return;
  const until = Date.parse(left.dataset.until);
  const tick = () => {
    const seconds = Math.round((until - Date.now()) / 1000);
    if (seconds <= 0) {
      left.textContent = left.dataset.over;
      return;
    }
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    setTimeout(tick, 1000);
  };
  tick();
})();
