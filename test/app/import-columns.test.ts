import { describe, expect, test } from 'vitest'
import { columnsProblem, roleOf, saysNotToCall } from '../../src/app/import-columns.ts'

describe('a file with a column that changes what another means', () => {
  test.each([
    ...['phone_code', 'PHONE CODE', 'Phone-Code', 'phonecode', 'Country Code', 'country_calling_code', 'dial code'],
    ...['Dialing Code', 'Intl Code', 'ISD Code', 'Calling-Code', 'Phone Prefix', 'Phone Country Code', 'Landesvorwahl'],
    ...[
      'Country',
      'country_name',
      'Country/Region',
      'Mailing Country',
      'Phone Country',
      'ISO2',
      'Land',
      'País',
      'Pays',
    ],
    ...['area_code', 'Area Code', 'Phone Area Code', 'STD code', 'City Code', 'Vorwahl', 'NPA'],
    ...['ext', 'Ext.', 'Extension', 'Phone Ext', 'phone_1_extension', 'Work Extension', 'Durchwahl'],
    ...['DNC', 'Do Not Call', 'do_not_call', 'DoNotCall', 'Do-Not-Contact', 'DNC Status', 'is_dnc', 'Opt Out'],
    ...['Opted-out', 'Phone Opt Out', 'Blacklisted', 'Suppressed'],
  ])('is refused for %s', (column) => {
    const problem = columnsProblem(['name', 'phone_number', column, 'city'])
    expect(problem).toContain(`The column ${column} changes what others mean, and is not read yet: `)
    expect(problem).toMatch(/^[^.!?]*(Ext\.[^.]*)?\.$/)
  })

  test.each([
    ...[
      'city',
      'State',
      'Region',
      'County',
      'Time Zone',
      'gmt_offset_now',
      'status',
      'Lead Status',
      'mobile',
      'alt_phone',
    ],
    ...[
      'Phone 1 - Label',
      'Postal Code',
      'Zip Code',
      'Promo Code',
      'code',
      'Name Prefix',
      'Prefix',
      'Text',
      'Next step',
    ],
    ...[
      'HasOptedOutOfEmail',
      'HasOptedOutOfFax',
      'E-mail opt out',
      'Extra',
      'Contact owner',
      'Notes',
      'May we call you?',
    ],
    ...['Landmark', 'Discord', 'Standing', 'Description', 'vendor_lead_code', 'Address', 'Company', 'Record ID'],
  ])('is not refused for %s', (column) => {
    expect(columnsProblem(['name', 'phone_number', column])).toBeNull()
  })

  test('is refused in one sentence that names them all, and what to do', () => {
    expect(columnsProblem(['name', 'phone_number', 'phone_code', 'Country', 'Do Not Call'])).toBe(
      'The columns phone_code, Country and Do Not Call change what others mean, and are not read yet: ' +
        'write every number in full, such as +442079460958, take out the rows of those who are not to be called, ' +
        'and then remove these columns, or give them other names.',
    )
    expect(columnsProblem(['phone', 'DNC'])).toBe(
      'The column DNC changes what others mean, and is not read yet: ' +
        'take out the rows of those who are not to be called, and then remove this column, or give it another name.',
    )
  })
})

test('a status may say that somebody is not to be called', () => {
  expect(['status', 'Lead Status', 'call_status', 'Disposition', 'dispo'].map((name) => roleOf(name).type)).toEqual(
    Array(5).fill('STATUS'),
  )
  expect(['DNC', 'dncl', 'DNCC', 'Do Not Call', 'do-not-call list', 'Do not contact'].every(saysNotToCall)).toBe(true)
  expect(['', 'NEW', 'Called', 'no', 'DNCX', 'NA'].some(saysNotToCall)).toBe(false)
})
