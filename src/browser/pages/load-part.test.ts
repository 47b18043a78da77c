import { afterEach, expect, test, vi } from 'vitest'
import { fetchPart, loadOnce } from './load-part.ts'

afterEach(() => vi.unstubAllGlobals())

/** A network that loses the first so many calls for each address; what it was asked for. */
function losing(times: number): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', (address: string) => {
    asked.push(address)
    const isLost = asked.filter((one) => one === address).length <= times
    return isLost ? Promise.reject(new TypeError('no network')) : Promise.resolve(new Response('export {}'))
  })
  return asked
}

test('a part is imported once all its files are there, each try from an address of its own', async () => {
  const asked = losing(0)
  const [first, second] = [await fetchPart('/a.js /b.js'), await fetchPart('/a.js /b.js')]

  expect(asked).toEqual(['/a.js', '/b.js', '/a.js', '/b.js'])
  expect(first).toMatch(/^\/a\.js#\d+$/)
  expect(second).not.toBe(first)
})

test('a file that is lost once is asked for again; one that is lost twice is given up', async () => {
  losing(1)
  await expect(fetchPart('/a.js /b.js')).resolves.toContain('/a.js')
  losing(2)
  await expect(fetchPart('/a.js /b.js')).rejects.toThrow('no network')
})

test('what is answered with an error is not there', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status: 503 })))
  await expect(fetchPart('/a.js')).rejects.toThrow('/a.js answered 503')
})

test('a part is loaded once, and anew after it failed', async () => {
  let loads = 0
  const load = loadOnce(async () => {
    loads++
    if (loads === 1) throw new Error('cut')
    return loads
  })
  await expect(load()).rejects.toThrow('cut')

  expect(await Promise.all([load(), load()])).toEqual([2, 2])
})
