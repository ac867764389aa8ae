// The secret stands behind the # of a link, which browsers never send: it is moved into the form and taken out of the address and
// its history. It is kept for this tab, so that a refused form need not be begun anew.
const secret = document.querySelector('input[name=secret]');
if (secret) {
  const key = 'secret ' + location.pathname;
  const given = location.hash.slice(1);
  if (given.length > 20) {
    sessionStorage.setItem(key, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  const kept = sessionStorage.getItem(key);
  if (kept) {
    secret.value = kept;
    secret.closest('.field').hidden = true;
  }
}
// A new password is shown on demand, and its strength hinted at: length is what helps.
for (const box of document.querySelectorAll('.new-password')) {
  const [field, row] = [box.querySelector('input'), box.querySelector('.row')];
  const [button, output] = [row.querySelector('button'), row.querySelector('output')];
  row.hidden = false;
  button.addEventListener('click', () => {
    const shown = field.type === 'text';
    field.type = shown ? 'password' : 'text';
    button.textContent = shown ? button.dataset.show : button.dataset.hide;
  });
  field.addEventListener('input', () => {
    const characters = [...field.value];
    const worth = Math.min(characters.length, 2 * new Set(characters).size);
    const words = output.dataset.words.split('|');
    output.textContent = characters.length ? words[worth < 15 ? 0 : worth < 20 ? 1 : 2] : '';
  });
}
