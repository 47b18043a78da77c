import { expect, test } from 'vitest'
import { nikWarningsOf } from './nik.ts'

test.each([
  ['3171011708450001', undefined, []],
  // a woman's day is 40 more
  ['3171015708450001', '1945-08-17', []],
  ['3171011708450001', '1945-08-18', ['birth_date_differs']],
  // 2000 was a leap year, 1900 was none
  ['3171012902000001', undefined, []],
  ['3171013002000001', undefined, ['date_unlikely']],
  ['3171010013000001', undefined, ['date_unlikely']],
  ['9971011708450001', undefined, ['province_unknown']],
  ['3100011708450001', undefined, ['region_unlikely']],
  ['3171001708450000', undefined, ['region_unlikely', 'serial_unlikely']],
])('of the NIK %s, birth date %s, is told: %j', (nik, birthDate, warnings) => {
  expect(nikWarningsOf(nik, birthDate)).toEqual(warnings)
})
