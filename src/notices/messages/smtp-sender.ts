import { createTransport } from 'nodemailer'
import { messageSendSeconds, smtpConnectionsMax } from '../../limits/traffic.ts'
import { NotSent, type Sender } from './senders.ts'

/**
 * Mail over SMTP. `url`: `smtp://user:password@host:587` or `smtps://...:465`; without TLS from the start it is demanded
 * (STARTTLS) before anything is said, but for a server on this machine. `from`: the address mails come from; `host`: the service's.
 */
export function smtpSender(server: { url: string; from: string; host: string; milliseconds?: number }): Sender {
  const url = new URL(server.url)
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const milliseconds = server.milliseconds ?? messageSendSeconds * 1000
  const user = decodeURIComponent(url.username)
  const transport = createTransport({
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && !['localhost', '127.0.0.1', '::1'].includes(host),
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
    pool: true,
    maxConnections: smtpConnectionsMax,
    connectionTimeout: milliseconds,
    greetingTimeout: milliseconds,
    socketTimeout: milliseconds,
    // a text of ours names no file and no address to be fetched into a mail
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(receiver, message) {
      try {
        await transport.sendMail({
          from: server.from,
          to: { name: '', address: receiver.address },
          subject: message.subject,
          text: message.text,
          messageId: `<${message.id}@${server.host}>`,
          // RFC 3834: nobody's absence note answers it
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
      } catch (error) {
        throw notSent(error)
      }
    },
    close: () => transport.close(),
  }
}

/** Of the server's answer only its class is kept: its words may hold the address. */
function notSent(error: unknown): NotSent {
  const status = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // a wrong password and missing TLS are the operator's to mend: only the receiver or the mail itself is refused for good
  const isFinal = status >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE')
  if (status >= 400) return new NotSent('refused', { isFinal })
  return new NotSent(code === 'ETIMEDOUT' ? 'timed_out' : 'unreachable')
}
