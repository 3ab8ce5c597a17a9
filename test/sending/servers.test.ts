import { describe, expect, test } from 'vitest'
import { isMailAddress, parseMailUrl, parseMessageUrl } from '../../src/sending/servers.ts'

describe('the address of a mail server', () => {
  test.each([
    [
      'smtps://ann:p%40s%3As@mail.example.com?from=Sales <sales+x@example.com>',
      {
        ...{ host: 'mail.example.com', port: 465, encryption: 'SERVER', login: { user: 'ann', password: 'p@s:s' } },
        from: { name: 'Sales', address: 'sales+x@example.com' },
      },
    ],
    [
      'smtp://ann:secret@mail.example.com:2525/?from=sales@example.com',
      {
        ...{ host: 'mail.example.com', port: 2525, encryption: 'REQUIRED', login: { user: 'ann', password: 'secret' } },
        from: { name: '', address: 'sales@example.com' },
      },
    ],
    [
      'smtp://mail.example.com?from=sales%40example.com',
      {
        ...{ host: 'mail.example.com', port: 587, encryption: 'OFFERED', login: null },
        from: { name: '', address: 'sales@example.com' },
      },
    ],
    [
      'smtp://[::1]:25?from=sales@example.com',
      { host: '::1', port: 25, encryption: 'NONE', login: null, from: { name: '', address: 'sales@example.com' } },
    ],
  ])('%s is understood', (text, server) => {
    expect(parseMailUrl(text)).toEqual(server)
  })

  test.each([
    'mail.example.com',
    'http://mail.example.com?from=sales@example.com',
    'smtp://mail.example.com',
    'smtp://mail.example.com?from=sales',
    'smtp://mail.example.com?from=a@example.com,b@example.com',
    'smtp://mail.example.com?from=Sales%0d%0aBcc: x <sales@example.com>',
    'smtp://mail.example.com/path?from=sales@example.com',
    'smtp://mail.example.com?from=sales@example.com&form=x',
    'smtp://ann:%zz@mail.example.com?from=sales@example.com',
    'smtp://?from=sales@example.com',
  ])('%s is none', (text) => {
    expect(parseMailUrl(text)).toBeNull()
  })
})

describe('the address of a message centre', () => {
  test('says who we are, and how long texts go', () => {
    expect(parseMessageUrl('smpp://us:secret@smsc.example.com')).toEqual({
      ...{ type: 'SMPP', host: 'smsc.example.com', port: 2775, encrypted: false },
      ...{ systemId: 'us', password: 'secret', systemType: '', long: 'PARTS' },
    })
    expect(parseMessageUrl('smpps://us:se%40cret@smsc.example.com:3000?long=payload&system_type=VMA')).toMatchObject({
      ...{ port: 3000, encrypted: true, password: 'se@cret', systemType: 'VMA', long: 'PAYLOAD' },
    })
  })

  test('may be that of a gateway, whose password goes into a header', () => {
    expect(parseMessageUrl('https://us:se%40cret@sms.example.com/send?key=1')).toEqual({
      type: 'HTTP',
      url: new URL('https://sms.example.com/send?key=1'),
      authorization: `Basic ${Buffer.from('us:se@cret').toString('base64')}`,
    })
    expect(parseMessageUrl('http://127.0.0.1:8080')).toMatchObject({ authorization: null })
  })

  test.each(['smpp://smsc.example.com', 'smpp://us:secret@smsc.example.com?long=maybe', 'ftp://x', '', 'https://'])(
    '%s is none',
    (text) => {
      expect(parseMessageUrl(text)).toBeNull()
    },
  )
})

test('a mail address is plain, and not too long', () => {
  for (const address of ['ann@example.com', "o'neil+x@example.co.uk", 'jörg@bücher.example'])
    expect(isMailAddress(address)).toBe(true)
  for (const address of [
    'ann',
    '@example.com',
    'ann@',
    'a nn@example.com',
    'ann@exa\nmple.com',
    '"a b"@example.com',
    `${'x'.repeat(65)}@a.b`,
    `x@${'y'.repeat(253)}`,
  ])
    expect(isMailAddress(address)).toBe(false)
})
