import { BlockList, isIP } from 'node:net'

// What is not of the public Internet (RFC 6890 and the registries it began): the machine itself, its network, the provider's
// metadata, and whatever carries such an address inside another.

const refusedIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Of IPv6 only what is given out for the Internet is public (2000::/3), and of that not these. */
const publicIpv6 = '2000::/3'
const refusedIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

function listOf(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}

const refused4 = listOf('ipv4', refusedIpv4)
const refused6 = listOf('ipv6', refusedIpv6)
const public6 = listOf('ipv6', [publicIpv6])

/** Whether an IP address belongs to the public Internet. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !refused4.check(address, 'ipv4')
  return family === 6 && public6.check(address, 'ipv6') && !refused6.check(address, 'ipv6')
}
