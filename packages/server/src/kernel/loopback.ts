/**
 * Names and addresses that never leave the machine: 127.0.0.0/8 and ::1
 * (RFC 8252 section 8.3), `localhost` and every name under it (RFC 6761
 * section 6.3), which browsers resolve to loopback by themselves.
 */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
}
