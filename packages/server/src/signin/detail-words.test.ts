import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detailFor } from './detail-words.ts'

test('a sentence has the values in it, and every other value stands below it', () => {
  const members = [
    { path: 'amount', label: 'Amount', values: ['12.00'] },
    { path: 'to', label: 'To', values: ['A & B'] },
    { path: 'urgent', label: 'Urgent', values: [true] },
    { path: 'tags', label: 'Tags', values: ['x', 7, false, null] },
    { path: 'none', label: 'None', values: [] },
  ]
  assert.deepEqual(detailFor({ says: 'Pay {amount} to {to} <now>', members }), {
    says: 'Pay <strong><bdi>12.00</bdi></strong> to <strong><bdi>A &amp; B</bdi></strong> &lt;now&gt;',
    facts: [
      { label: 'Urgent', values: ['Yes'] },
      { label: 'Tags', values: ['x', '7', 'No', '—'] },
      { label: 'None', values: ['—'] },
    ],
  })
})

test('a value that looks like a slot is a value', () => {
  const members = [
    { path: 'a', label: 'A', values: ['{b}'] },
    { path: 'b', label: 'B', values: ['$&'] },
  ]
  assert.deepEqual(detailFor({ says: '{a}', members }), {
    says: '<strong><bdi>{b}</bdi></strong>',
    facts: [{ label: 'B', values: ['$&'] }],
  })
})

test('two members of one path are shown as none', () => {
  const members = ['Mallory', 'Alice'].map((value) => ({ path: 'name', label: 'Name', values: [value] }))
  assert.throws(() => detailFor({ says: 'Pay {name}', members }), /one path/)
})
