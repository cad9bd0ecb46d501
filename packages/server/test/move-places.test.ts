import assert from 'node:assert/strict'
import { test } from 'node:test'
import { movePlaces } from './move-places.ts'

test('each port of a guide is moved once, whatever ports others are moved to', () => {
  const move = { folder: '/there', places: [], ports: { 443: 9000, 9000: 3000, 3000: 443 } }
  const guide = 'listen 443 ssl;\nproxy_pass http://127.0.0.1:9000;\nlisten: { port: 3000 }\nlisten 127.0.0.1:443;\nssl_port: 8443'
  const moved =
    'listen 127.0.0.1:9000 ssl;\nproxy_pass http://127.0.0.1:3000;\nlisten: { port: 443 }\nlisten 127.0.0.1:9000;\nssl_port: 8443'
  assert.equal(movePlaces(guide, move), moved)
})

test('folders of a guide lie in the folder of the test', () => {
  const move = { folder: '/there', places: ['/etc/countersign'], ports: {} }
  assert.equal(
    movePlaces('cd /etc/countersign\ncat "/etc/countersign/x" /etc/countersigned', move),
    'cd /there/etc/countersign\ncat "/there/etc/countersign/x" /etc/countersigned',
  )
})
