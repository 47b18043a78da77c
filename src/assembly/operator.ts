import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { parsePublicId, publicId } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Blobs } from '../blobs/blobs.ts'
import type { OperatorProofing } from '../cli/command.ts'
import type { Database } from '../database/database.ts'
import { readIdentityFor } from '../identity/account-life.ts'
import { nikWarningsOf } from '../identity/nik.ts'
import { listPapers, readKeptPaper } from '../identity/papers/keep-paper.ts'
import { paperExtensions } from '../identity/papers/paper-kinds.ts'
import type { PaperFile } from '../identity/papers/read-paper.ts'
import { decideProofing, listWaitingProofings } from '../identity/proofing.ts'
import { listItemsMax } from '../limits/traffic.ts'

/** Who is at the command line: their login on this machine, which they cannot choose by an argument. */
export const operatorLogin = (): string => userInfo().username

/** Photos that were shown, each in a folder of its own. */
const photoFolder = 'meterai-photo-'

/** Deletes photos in clear that earlier commands left in a temporary folder; another login's stay, which it may not even list. */
export async function dropShownPhotos(temporary: string = tmpdir()): Promise<void> {
  const left = (await readdir(temporary)).filter((name) => name.startsWith(photoFolder))
  for (const name of left)
    await rm(join(temporary, name), { recursive: true, force: true }).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code !== 'EACCES' && code !== 'EPERM') throw error
    })
}

/** Writes a file in clear into a folder of its own, which nobody else may enter, until the next of these commands. */
async function writeShown(name: string, bytes: Buffer): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), photoFolder)), name)
  await writeFile(path, bytes, { mode: 0o600 })
  return path
}

/** What an operator at the command line may do: named by their login on this machine, for there is no other way to know them here. */
export function operatorProofing(parts: { database: Database; sealing: Sealing; blobs: Blobs }): OperatorProofing {
  const actor = `operator:${operatorLogin()}`
  return {
    async list() {
      await dropShownPhotos()
      const items = await listWaitingProofings(parts, listItemsMax)
      return items.map(({ accountId, kind, openedAt, asksAt }) => ({
        account: publicId('account', accountId),
        kind,
        openedAt: openedAt.toISOString(),
        asksProvider: asksAt !== undefined,
      }))
    },
    async show(account) {
      await dropShownPhotos()
      const accountId = parsePublicId('account', account)
      const identity = accountId === undefined ? undefined : await readIdentityFor(parts, { accountId, actor })
      if (accountId === undefined || identity === undefined) return undefined
      const warnings = identity.nik === undefined ? [] : nikWarningsOf(identity.nik, identity.birthDate)
      const show = async (name: string, file: PaperFile | undefined) =>
        file === undefined ? undefined : writeShown(`${name}.${paperExtensions[file.type]}`, file.bytes)
      const photo = await show('photo', await readKeptPaper(parts, { accountId }, 'identity_card'))
      const papers = []
      for (const paper of (await listPapers(parts.database.sql, { accountId })).papers) {
        const path = await show(paper, await readKeptPaper(parts, { accountId }, paper))
        if (path !== undefined) papers.push({ paper, path })
      }
      return { identity, warnings, photo, papers }
    },
    async decide({ account, answer }) {
      await dropShownPhotos()
      const accountId = parsePublicId('account', account)
      return accountId !== undefined && decideProofing(parts, { accountId, answer, by: actor })
    },
  }
}
