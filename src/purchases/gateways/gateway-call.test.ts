import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openFakeGateways, type FakeGateways } from '../../../tests/support/fake-gateways.ts'
import { openGatewayCaller } from './gateway-call.ts'
import { GatewayUnavailable } from './gateway.ts'

let fake: FakeGateways
beforeAll(async () => {
  fake = await openFakeGateways()
})
afterEach(() => void fake.faults.splice(0))
afterAll(() => fake.close())

test('a gateway that is silent is given up in time, and after some failures left alone for a while', async () => {
  const call = openGatewayCaller({ url: fake.url, headers: {}, milliseconds: 250 })
  const from = fake.calls.length
  fake.faults.push('silent', 'silent', 'silent', 'silent', 'silent')
  for (let i = 0; i < 5; i++)
    await expect(call({ method: 'GET', path: '/v2/x/status' })).rejects.toThrow(GatewayUnavailable)

  await expect(call({ method: 'GET', path: '/v2/x/status' })).rejects.toThrow(/left alone/)
  expect(fake.calls.length - from).toBe(5)
})

test('an answer without end is not read to its end', async () => {
  const call = openGatewayCaller({ url: fake.url, headers: {} })
  fake.faults.push({ status: 200, body: { long: 'x'.repeat(300_000) } })
  await expect(call({ method: 'GET', path: '/v2/x/status' })).rejects.toThrow(/longer than/)
})
