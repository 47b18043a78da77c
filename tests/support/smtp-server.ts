import { createServer, type Socket } from 'node:net'

/** A mail that a test's server took: its envelope, and what stands between DATA and the dot. */
export type TakenMail = { from: string; to: string[]; data: string }

/** A mail server on loopback that keeps what it takes. */
export type TestSmtp = {
  url: string
  taken: TakenMail[]
  /** Every command it was given. */
  heard: string[]
  /** What the next RCPT lines are answered with; `undefined` takes them again. */
  answerRecipients(line: string | undefined): void
  close(): Promise<void>
}

/** Opens one: enough of SMTP (RFC 5321) for a client that has one mail and no extension. */
export async function testSmtp(): Promise<TestSmtp> {
  const taken: TakenMail[] = []
  const heard: string[] = []
  const sockets = new Set<Socket>()
  let recipientLine: string | undefined
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    let mail: TakenMail = { from: '', to: [], data: '' }
    let isData = false
    let rest = ''
    const say = (line: string) => socket.write(`${line}\r\n`)
    say('220 test.example ESMTP')
    socket.setEncoding('utf8').on('data', (piece: string) => {
      rest += piece
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (isData) takeData(line)
        else answer(line)
      }
    })
    function takeData(line: string): void {
      if (line !== '.') {
        mail.data += `${line}\n`
        return
      }
      isData = false
      taken.push(mail)
      mail = { from: '', to: [], data: '' }
      say('250 taken')
    }
    function answer(line: string): void {
      heard.push(line)
      const verb = line.slice(0, 4).toUpperCase()
      const address = /<([^>]*)>/.exec(line)?.[1] ?? ''
      if (verb === 'DATA') {
        isData = true
        say('354 go on')
      } else if (verb === 'RCPT' && recipientLine !== undefined) say(recipientLine)
      else if (verb === 'STAR') say('502 no TLS here')
      else if (verb === 'QUIT') socket.end('221 bye\r\n')
      else {
        if (verb === 'MAIL') mail.from = address
        if (verb === 'RCPT') mail.to.push(address)
        say('250 ok')
      }
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `smtp://127.0.0.1:${port}`,
    taken,
    heard,
    answerRecipients(line) {
      recipientLine = line
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
