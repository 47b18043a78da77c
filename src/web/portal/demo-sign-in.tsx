import type { FastifyInstance } from 'fastify'
import { demoPin, signInAsDemo } from '../../identity/demo-accounts.ts'
import { deviceLabel } from '../../identity/devices.ts'
import type { PeopleParts } from '../../identity/sign-in.ts'
import { sessionDoorOf } from '../session-door.ts'
import { Button } from './components/button.tsx'
import { anyone, formRoute, FormGuard } from './forms.tsx'
import { linkTo, sayIn, type PageContext, type PageParts } from './page-context.ts'
import { ownPath, signInPath } from './signed-in.ts'

const demoSignInPath = `${signInPath}/contoh`

/**
 * Signing in to the demo as its own person, by one click; where others reach the demo, as somebody apart, so that no visitor sees what
 * another did. For demo mode alone; in a scope that takes forms.
 */
export function demoSignInRoute(app: FastifyInstance, parts: PageParts & { people: PeopleParts }): void {
  formRoute(
    app,
    { ...parts, database: parts.people.database },
    {
      path: demoSignInPath,
      enter: anyone,
      show: () => Promise.resolve({ to: signInPath }),
      async act({ request, reply }, _, fields) {
        const device = deviceLabel(request.headers['user-agent'])
        const { token } = await signInAsDemo(parts.people, { device, isOwn: parts.openToOthers })
        sessionDoorOf(request)?.admit(reply, token.text)
        return { to: ownPath(fields.one('next')) }
      },
      repeated: signInPath,
    },
  )
}

/** The one click, beside where people sign in; `next`: a path of ours. Nothing outside the demo, and nothing for who is signed in. */
export function DemoSignIn({ context, next }: { context: PageContext; next: string }) {
  const say = sayIn(context.language)
  if (!context.demo || context.signInPath === undefined || context.visitor !== undefined) return null
  return (
    <form class="card" method="post" action={linkTo(context, demoSignInPath)}>
      <FormGuard context={context} />
      <input type="hidden" name="next" value={next} />
      <p>{say('demo.lead', { pin: demoPin })}</p>
      <Button look="quiet">{say('demo.signIn')}</Button>
    </form>
  )
}
