// Proving oneself by a passkey, as WebAuthn has it: the service asks, the browser lets the person's device answer.

/** A field of something unknown; undefined where it has none of that name. */
export const valueIn = (within: unknown, name: string): unknown =>
  typeof within === 'object' && within !== null ? Object.entries(within).find(([key]) => key === name)?.[1] : undefined

/** The same as text, empty where it is none. */
export const textIn = (within: unknown, name: string): string => {
  const text = valueIn(within, name)
  return typeof text === 'string' ? text : ''
}

/** The same as a list, empty where it is none. */
export const listIn = (within: unknown, name: string): unknown[] => {
  const list = valueIn(within, name)
  return Array.isArray(list) ? list : []
}

/** Whether this browser can do it at all. */
export const knowsPasskeys = (): boolean => 'PublicKeyCredential' in window

/** How long a device may take to answer. */
export const passkeyMilliseconds = 120_000

/** What names a passkey in an answer. */
export const namedPasskey = ({ id, rawId }: PublicKeyCredential) => ({
  id,
  rawId: base64url(rawId),
  type: 'public-key',
})

/** The device's answer to the service's question, as the service takes it. Rejects where the person lets it be, or has no passkey here. */
export async function provePasskey(options: unknown): Promise<object> {
  // our passkeys know whose they are, so none is named: the service looks whose it was
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: bytesOf(textIn(options, 'challenge')),
    rpId: textIn(options, 'rpId'),
    userVerification: 'required',
    timeout: passkeyMilliseconds,
  }
  const credential = await navigator.credentials.get({ publicKey })
  if (!(credential instanceof PublicKeyCredential)) throw new Error('no passkey')
  const { response } = credential
  if (!(response instanceof AuthenticatorAssertionResponse)) throw new Error('no proof')
  const { clientDataJSON, authenticatorData, signature, userHandle } = response
  return {
    ...namedPasskey(credential),
    response: {
      clientDataJSON: base64url(clientDataJSON),
      authenticatorData: base64url(authenticatorData),
      signature: base64url(signature),
      ...(userHandle === null ? {} : { userHandle: base64url(userHandle) }),
    },
  }
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
}

export function base64url(buffer: ArrayBuffer): string {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
