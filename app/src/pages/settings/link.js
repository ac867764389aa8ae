// The secret stands behind the # of a link, which browsers never send: it is moved into the form and taken out of the address and
// its history. While the form is refused it is kept for this tab, so that the link need not be opened anew.
{
  const field = document.querySelector('input[name=secret]');
  const key = 'secret ' + location.pathname;
  const given = location.hash.slice(1);
  let kept = null;
  try {
    kept = given === 'refused' ? sessionStorage.getItem(key) : null;
    sessionStorage.removeItem(key);
  } catch (blocked) {
    // without storage a refused form asks for the link once more
  }
  const secret = given.length > 20 ? given : kept;
  if (field && secret) {
    if (given.length > 20) history.replaceState(null, '', location.pathname + location.search);
    field.value = secret;
    field.closest('.field').hidden = true;
    field.form.addEventListener('submit', () => {
      try {
        sessionStorage.setItem(key, secret);
      } catch (blocked) {
        // as above
      }
    });
  }
  // A new password is shown on demand, and its strength hinted at: length is what helps.
  for (const box of document.querySelectorAll('.new-password')) {
    const [password, row] = [box.querySelector('input'), box.querySelector('.row')];
    const [button, output] = [row.querySelector('button'), row.querySelector('output')];
    row.hidden = false;
    button.addEventListener('click', () => {
      const shown = password.type === 'text';
      password.type = shown ? 'password' : 'text';
      button.textContent = shown ? button.dataset.show : button.dataset.hide;
    });
    password.addEventListener('input', () => {
      const characters = [...password.value];
      const worth = Math.min(characters.length, 2 * new Set(characters).size);
      const words = output.dataset.words.split('|');
      output.textContent = characters.length ? words[worth < 15 ? 0 : worth < 20 ? 1 : 2] : '';
    });
  }
}
