import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withParameters } from './redirect.ts'

test('parameters are added to the query and the rest of the address stays as it was registered', () => {
  assert.equal(withParameters('https://a.example/cb', { code: 'x', state: undefined }), 'https://a.example/cb?code=x')
  assert.equal(withParameters('https://a.example/cb?t=1', { code: 'x' }), 'https://a.example/cb?t=1&code=x')
  assert.equal(withParameters('com.example.app:/cb', { code: 'x' }), 'com.example.app:/cb?code=x')
  assert.equal(withParameters('https://A.example', { state: 'a b&c=d#é' }), 'https://A.example?state=a+b%26c%3Dd%23%C3%A9')
  assert.equal(withParameters('https://a.example/cb', {}), 'https://a.example/cb')
})
