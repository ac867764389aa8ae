(() => {
  const left = document.getElementById('support-left');
  const over = document.getElementById('support-over');
  if (!left || !over) return;
  const until = Date.parse(left.dataset.until);
  const tick = () => {
    const seconds = Math.round((until - Date.now()) / 1000);
    if (seconds <= 0) {
      left.textContent = '';
      over.textContent = over.dataset.over;
      return;
    }
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    left.textContent = left.dataset.words.replace('0:00', time);
    setTimeout(tick, 1000);
  };
  tick();
})();
