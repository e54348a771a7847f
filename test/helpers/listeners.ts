/** Text of a configuration with an SMTP listener at each address, at a free port; `keys` stand before. */
export const smtpListeners = (addresses: readonly string[], keys = ''): string =>
  `${keys}\n${addresses.map((address) => `[[listeners]]\nprotocol = "smtp"\naddress = "${address}"\nport = 0\n`).join('')}`;
