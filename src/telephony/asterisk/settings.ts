/** The path of the interface where an address names none: that of Asterisk's own default. */
export const interfacePath = '/ari'
const namePattern = /^[A-Za-z0-9_.-]{1,64}$/
const endpointPattern = /^[A-Za-z0-9]+\/[A-Za-z0-9_.@{}:+-]*\{extension\}[A-Za-z0-9_.@:/+-]*$/

/** `http(s)://host:port` with the path of the interface, which may be left out. Null for anything else: passwords are not known here. */
export function parseInterfaceUrl(text: string): URL | null {
  if (!/^https?:\/\/[^\s?#@]+$/.test(text) || !URL.canParse(text)) return null
  const url = new URL(text)
  url.pathname = url.pathname.replace(/\/+$/, '') || interfacePath
  return url
}

/** What a PJSIP endpoint, an application or a context of the dialplan is called. */
export function isName(text: string): boolean {
  return namePattern.test(text)
}

/** How an agent's phone is called: a dial string with `{extension}` in it, such as PJSIP/{extension}. */
export function isAgentEndpoint(template: string): boolean {
  return endpointPattern.test(template)
}
