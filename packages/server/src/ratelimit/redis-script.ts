/**
 * The bucket as Redis or Valkey keeps it: one script, which runs whole before
 * anything else does, so that any number of servers count together exactly.
 *
 * Time is the database's own (TIME), in microseconds: clocks of servers do not
 * matter. A bucket is one string, `at wait`: at the moment `at` it was `wait`
 * microseconds from full. The two are kept apart, because their sum would have no
 * bits left for a token that takes less than a microsecond. When the clock of the
 * database was set back, nobody waits for it to catch up.
 *
 * @module
 */

/** KEYS: the bucket. ARGV: microseconds of a token, burst, `take`, `look` or `give`. Answers: 1 or 0, microseconds until it is full, and until then with a token less. */
export const bucketScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local token, burst, what = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local wait = 0
local stored = redis.call('GET', KEYS[1])
if stored then
  local at, ahead = string.match(stored, '^(%d+) (%S+)$')
  at, ahead = tonumber(at), tonumber(ahead)
  if not at or not ahead then return redis.error_reply('WRONGTYPE not a bucket') end
  wait = math.min(math.max(0, ahead - math.max(0, now - at)), burst * token)
end
local needed = wait + token
local allowed = needed <= burst * token * (1 + 1e-9)
local after = wait
if what == 'take' and allowed then after = needed end
if what == 'give' then after = math.max(0, wait - token) end
if what ~= 'look' then
  if after > 0 then
    redis.call('SET', KEYS[1], string.format('%.0f %.17g', now, after), 'PX', math.ceil(after / 1000) + 1)
  elseif stored then
    redis.call('DEL', KEYS[1])
  end
end
return { allowed and 1 or 0, string.format('%.17g', after), string.format('%.17g', needed) }
`
