/** The pages of an account that need no id in their address. */
export const ownPaths = [
  '/akun',
  '/akun/ganti',
  '/akun/perangkat',
  '/akun/sandi',
  '/akun/pin',
  '/akun/pin/lupa',
  '/akun/kontak',
  '/akun/pemberitahuan',
  '/akun/autentikator',
  '/akun/identitas',
  '/akun/anggota',
  '/akun/persetujuan',
  '/akun/kunci',
  '/akun/webhook',
  '/akun/data',
] as const
