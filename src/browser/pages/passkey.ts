import {
  base64url,
  bytesOf,
  knowsPasskeys,
  listIn,
  namedPasskey,
  passkeyMilliseconds,
  provePasskey,
  textIn,
  valueIn,
} from './passkey-proof.ts'

// Passkeys are the browser's own: signing in by one, and adding one. Where there are none the page does without.

type Asked = { challengeId: string; options: Record<string, unknown> }

for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) {
  if (!knowsPasskeys()) continue
  form.hidden = false
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const wrong = form.querySelector('[data-wrong]')
    const done = form.dataset['passkey'] === 'add' ? add(form) : enter(form)
    done.catch((problem: unknown) => {
      const said = problem instanceof Told ? problem.message : (form.dataset['failed'] ?? '')
      if (wrong !== null) wrong.textContent = said
      for (const button of form.querySelectorAll('button')) button.disabled = false
    })
  })
}

/** The service's own sentence for why not. */
class Told extends Error {}

async function enter(form: HTMLFormElement): Promise<void> {
  const { challengeId, options } = asked(await call('/v1/sessions/passkey-challenges', {}, form))
  const response = await provePasskey(options)
  await call('/v1/sessions', { challengeId, response }, form)
  location.assign(form.dataset['next'] ?? '/akun')
}

async function add(form: HTMLFormElement): Promise<void> {
  const password = form.querySelector('input')?.value ?? ''
  const { challengeId, options } = asked(await call('/v1/authenticators/passkeys/challenge', { password }, form))
  const credential = await navigator.credentials.create({ publicKey: creationOf(options) })
  if (!(credential instanceof PublicKeyCredential)) throw new Error('no passkey')
  const { response } = credential
  if (!(response instanceof AuthenticatorAttestationResponse)) throw new Error('no passkey')
  const made = {
    ...namedPasskey(credential),
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      attestationObject: base64url(response.attestationObject),
    },
  }
  await call('/v1/authenticators/passkeys', { challengeId, response: made }, form)
  location.assign('/akun/autentikator?kabar=authenticator')
}

async function call(path: string, body: object, form: HTMLFormElement): Promise<unknown> {
  const csrf = form.dataset['csrf']
  const answer = await fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      'content-type': 'application/json',
      'accept-language': document.documentElement.lang,
      ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
    },
    body: JSON.stringify(body),
  })
  const said: unknown = await answer.json()
  if (answer.ok) return said
  throw new Told(textIn(said, 'detail'))
}

function asked(answer: unknown): Asked {
  const options = valueIn(answer, 'options')
  const entries = typeof options === 'object' && options !== null ? Object.entries(options) : []
  return { challengeId: textIn(answer, 'challengeId'), options: Object.fromEntries(entries) }
}

function creationOf(options: Record<string, unknown>): PublicKeyCredentialCreationOptions {
  const user = valueIn(options, 'user')
  const rp = valueIn(options, 'rp')
  return {
    challenge: bytesOf(textIn(options, 'challenge')),
    rp: { id: textIn(rp, 'id'), name: textIn(rp, 'name') },
    user: { id: bytesOf(textIn(user, 'id')), name: textIn(user, 'name'), displayName: textIn(user, 'displayName') },
    pubKeyCredParams: listIn(options, 'pubKeyCredParams').map((one) => ({
      type: 'public-key',
      alg: Number(valueIn(one, 'alg')),
    })),
    excludeCredentials: listIn(options, 'excludeCredentials').map((one) => ({
      type: 'public-key',
      id: bytesOf(textIn(one, 'id')),
    })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    timeout: passkeyMilliseconds,
  }
}
