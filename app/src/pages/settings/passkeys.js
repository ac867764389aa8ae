// Passkeys: the page holds what the browser is asked for, and the form takes its answer. Bytes travel as base64url.
{
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/[+]/g, '-').replace(/[/]/g, '_').replace(/=+$/, '');
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const asked = JSON.parse(form.dataset.passkey).publicKey;
    const said = form.querySelector('[role=alert]');
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const list of [asked.excludeCredentials, asked.allowCredentials]) {
      for (const one of list ?? []) one.id = bytes(one.id);
    }
    form.querySelector('button').hidden = false;
    form.addEventListener('submit', async (event) => {
      if (form.credential.value) return;
      event.preventDefault();
      said.hidden = true;
      try {
        const made = asked.user ? await navigator.credentials.create({ publicKey: asked }) : await navigator.credentials.get({ publicKey: asked });
        const response = {};
        for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
          if (made.response[part]) response[part] = text(made.response[part]);
        }
        form.credential.value = JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, extensions: {}, response });
        form.submit();
      } catch (fault) {
        said.hidden = false;
      }
    });
  }
}
