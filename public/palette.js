// Opens the search over the page: by its link, or by Ctrl+K. Without it the link leads to the search's own page.
(() => {
  const link = document.querySelector('a[data-palette]');
  if (!link || !window.HTMLDialogElement) return;
  let dialog;
  let input;
  let list;
  let asked = 0;
  const say = (text) => {
    const line = document.createElement('p');
    line.textContent = text;
    list.replaceChildren(line);
  };
  const look = async () => {
    const mine = ++asked;
    const answer = await fetch(`${link.href}?q=${encodeURIComponent(input.value)}`).catch(() => null);
    const text = answer && answer.ok ? await answer.text().catch(() => '') : '';
    if (mine !== asked) return;
    const found = new DOMParser().parseFromString(text, 'text/html').getElementById('found');
    if (found) list.replaceChildren(...found.childNodes);
    else say(link.dataset.failed);
  };
  const make = () => {
    dialog = document.createElement('dialog');
    dialog.className = 'palette';
    dialog.setAttribute('aria-label', link.title);
    input = document.createElement('input');
    input.type = 'search';
    input.setAttribute('aria-label', link.dataset.palette);
    input.placeholder = link.dataset.palette;
    list = document.createElement('div');
    list.setAttribute('role', 'status');
    dialog.append(input, list);
    document.body.append(dialog);
    let waits;
    input.addEventListener('input', () => {
      clearTimeout(waits);
      waits = setTimeout(look, 150);
    });
    dialog.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      const links = [...list.querySelectorAll('a')];
      const at = links.indexOf(document.activeElement);
      if (event.key === 'ArrowDown' && links.length) (links[at + 1] || links[0]).focus();
      else if (event.key === 'ArrowUp' && at >= 0) (links[at - 1] || input).focus();
      else if (event.key === 'Enter' && document.activeElement === input) links[0]?.click();
      else return;
      event.preventDefault();
    });
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
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
