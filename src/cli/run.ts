export type Starters = Record<string, (...given: never[]) => Promise<unknown>>
export async function runCli(): Promise<number> {
  return 0
}
