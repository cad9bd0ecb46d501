import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formTarget } from './form-target.ts'

const cases = [
  { uri: 'https://app.example/cb?x=1', target: 'https://app.example' },
  { uri: 'https://app.example:8443/cb', target: 'https://app.example:8443' },
  { uri: 'http://127.0.0.1:5000/cb', target: 'http://127.0.0.1:5000' },
  { uri: 'http://[::1]:5000/cb', target: 'http:' },
  { uri: 'https://my_app.example/cb', target: 'https:' },
  { uri: 'https://a;b.example/cb', target: 'https:' },
  { uri: 'com.example.app:/cb', target: 'com.example.app:' },
  { uri: 'nothing', target: undefined },
] as const

for (const { uri, target } of cases) {
  test(`a form that leads to ${uri} may end at ${target}`, () => assert.equal(formTarget(uri), target))
}
