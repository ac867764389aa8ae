// Opens the search over the page: by its link, or by Ctrl+K or Cmd+K. Without it the link leads to the search's own page.
(() => {
  const link = document.querySelector('a[data-palette]');
  if (!link || !window.HTMLDialogElement) return;
  let dialog;
  let input;
  let found;
  let asked = 0;
  let waits;
  const page = () => `${link.href}?q=${encodeURIComponent(input.value)}`;
  const say = (text) => {
    const line = document.createElement('p');
    line.textContent = text;
    line.setAttribute('role', 'status');
    found.replaceChildren(line);
  };
  const look = async () => {
    const mine = ++asked;
    const answer = await fetch(page()).catch(() => null);
    const text = answer && answer.ok ? await answer.text().catch(() => '') : '';
    if (mine !== asked) return;
    const list = new DOMParser().parseFromString(text, 'text/html').getElementById('found');
    if (list) found.replaceChildren(...list.childNodes);
    else say(link.dataset.failed);
  };
  // what was found before is not what is typed now
  const typed = () => {
    clearTimeout(waits);
    asked += 1;
    if (input.value.trim().length < 2) say(link.dataset.hint);
    else {
      found.replaceChildren();
      waits = setTimeout(look, 200);
    }
  };
  const keys = (event) => {
    if (event.isComposing) return;
    const links = [...found.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    if (event.key === 'ArrowDown' && links.length) (links[at + 1] || links[0]).focus();
    else if (event.key === 'ArrowUp' && at >= 0) (links[at - 1] || input).focus();
    else if (event.key === 'Enter' && document.activeElement === input) {
      if (links.length) links[0].click();
      else location.href = page();
    } else return;
    event.preventDefault();
  };
  const make = () => {
    dialog = document.createElement('dialog');
    dialog.className = 'palette';
    dialog.setAttribute('aria-label', link.title);
    input = document.createElement('input');
    input.type = 'search';
    input.setAttribute('aria-label', link.dataset.palette);
    input.placeholder = link.dataset.palette;
    const close = document.createElement('button');
    close.className = 'btn btn-small';
    close.textContent = link.dataset.close;
    close.addEventListener('click', () => dialog.close());
    const head = document.createElement('div');
    head.className = 'row';
    head.append(input, close);
    found = document.createElement('div');
    dialog.append(head, found);
    document.body.append(dialog);
    input.addEventListener('input', typed);
    dialog.addEventListener('keydown', keys);
  };
  const open = (event) => {
    event.preventDefault();
    if (!dialog) make();
    if (!dialog.open) dialog.showModal();
    input.focus();
    input.select();
  };
  link.addEventListener('click', (event) => {
    // a new tab is a new tab
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) open(event);
  });
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') open(event);
  });
})();
