// Drags a result among those of the same parent; the buttons do the same.
{
  const told = document.getElementById('tree-told');
  let busy;
  const send = async (item, list, form, to) => {
    const fields = new URLSearchParams(new FormData(form));
    const words = { title: item.querySelector('strong').textContent, place: to + 1, count: list.length };
    const behind = item.nextSibling;
    fields.set('place', to);
    item.parentNode.insertBefore(item, list.filter((one) => one !== item)[to] || null);
    busy = true;
    const text = await fetch(told.dataset.action, { method: 'POST', body: fields }).then((answer) => answer.text()).catch(() => '');
    busy = false;
    const page = new DOMParser().parseFromString(text, 'text/html');
    const [fresh, why] = ['.tree', '#refused h2'].map((what) => page.querySelector(what));
    if (!fresh) {
      item.parentNode.insertBefore(item, behind);
      told.textContent = told.dataset.failed;
      return;
    }
    // an approval is of what is shown
    for (const what of ['.tree', '[name=shown]']) {
      const now = page.querySelector(what);
      if (now) document.querySelector(what)?.replaceWith(now);
    }
    grips();
    document.getElementById('node-' + fields.get('node'))?.focus();
    told.textContent = why ? why.textContent : told.dataset.moved.replace(/{(\w+)}/g, (all, word) => words[word]);
  };
  const drag = (event, grip, form) => {
    if (busy || event.button) return;
    const item = form.closest('li');
    const list = [...item.parentNode.children];
    const from = list.indexOf(item);
    const stop = new AbortController();
    const on = (where, name, act) => where.addEventListener(name, act, stop);
    let to = from;
    // where it would come to stand: before another, or behind the last
    const mark = (at) => list.forEach((one, place) => {
      one.classList.toggle('drop-before', at < from && place === at);
      one.classList.toggle('drop-behind', at > from && place === at);
    });
    const end = (drops) => {
      stop.abort();
      mark(from);
      item.classList.remove('dragged');
      if (drops && to !== from) send(item, list, form, to);
    };
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    item.classList.add('dragged');
    on(grip, 'pointermove', ({ clientY: y }) => {
      const above = ({ top, height }) => top + height / 2 < y;
      to = list.filter((one) => one !== item && above(one.getBoundingClientRect())).length;
      mark(to);
      scrollBy(0, y < 50 ? -15 : y > innerHeight - 50 ? 15 : 0);
    });
    on(grip, 'pointerup', () => end(true));
    on(grip, 'pointercancel', () => end());
    on(document, 'keydown', ({ key }) => key === 'Escape' && end());
  };
  const grips = () => {
    for (const form of document.querySelectorAll('.tree form:has(button)')) {
      const grip = document.createElement('span');
      grip.className = 'grip';
      grip.title = told.dataset.grip;
      grip.ariaHidden = 'true';
      grip.onpointerdown = (event) => drag(event, grip, form);
      form.append(grip);
    }
  };
  if (told) grips();
}
