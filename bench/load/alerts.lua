-- Posts UNITS alerts per request: to the bot as Alertmanager's webhook (SHAPE=webhook), to Alertmanager itself by its API
-- (SHAPE=api). New alerts each time, or REPEAT distinct ones over and over. Webhook bodies go through KEYS group keys.
-- Bodies are put together from prepared pieces: the generator shares the cores with what it measures.
dofile("report.lua")
local webhook = os.getenv("SHAPE") == "webhook"
local repeated = tonumber(os.getenv("REPEAT") or "0")
local groups = tonumber(os.getenv("KEYS") or "2000")
local run = os.getenv("RUN_ID") or "r"
local starts = os.date("!%Y-%m-%dT%H:%M:%S.000Z", repeated > 0 and 1700000000 or nil)

local open = '{"labels":{"alertname":"HighErrorRate","severity":"critical","cluster":"eu-1","namespace":"shop","service":"checkout",' ..
  '"job":"checkout-api","instance":"10.0.3.7:9090","pod":"checkout-'
local middle = '"},"annotations":{"summary":"Error rate above 5% on checkout-'
local close = '","description":"5xx ratio has been 7.3% for 10m.","runbook_url":"https://runbooks.example.com/high-error-rate"},' ..
  '"startsAt":"' .. starts .. '","generatorURL":"http://prom.example.com/graph?g0.expr=rate"'
if webhook then close = close .. ',"endsAt":"0001-01-01T00:00:00Z","status":"firing","fingerprint":"' else close = close .. '}' end

-- id, id and, for the webhook, the fingerprint are set anew for each alert; the rest stays.
local pieces, places = {}, {}
local function put(piece) pieces[#pieces + 1] = piece; return #pieces end
local group
if webhook then
  put('{"version":"4","truncatedAlerts":0,"status":"firing","receiver":"bot","groupLabels":{"alertname":"HighErrorRate"},' ..
    '"commonLabels":{"alertname":"HighErrorRate","severity":"critical"},"commonAnnotations":{},"externalURL":"http://am.example.com",' ..
    '"groupKey":"{}:{alertname=\\"HighErrorRate\\",group=\\"')
  group = put("")
  put('\\"}","alerts":[')
else
  put("[")
end
for i = 1, UNITS do
  local place = {}
  put((i > 1 and "," or "") .. open)
  place[1] = put("")
  put(middle)
  place[2] = put("")
  put(close)
  if webhook then place[3] = put(""); put('"}') end
  places[i] = place
end
put(webhook and "]}" or "]")

local headers = { ["Content-Type"] = "application/json" }
if webhook then headers["Authorization"] = "Bearer " .. os.getenv("TOKEN") end

local next_id, sent = 0, 0
function request()
  for i = 1, UNITS do
    local id = repeated > 0 and "again-" .. (next_id % repeated) or run .. "-" .. next_id
    local place = places[i]
    pieces[place[1]] = id
    pieces[place[2]] = id
    if webhook then pieces[place[3]] = id end
    next_id = next_id + 1
  end
  if webhook then
    sent = sent + 1
    -- Repeated alerts keep their group: the same request comes again, as Alertmanager's repeats do.
    pieces[group] = tostring(repeated > 0 and math.floor((next_id - 1) % repeated / UNITS) or sent % groups)
  end
  return wrk.format("POST", nil, headers, table.concat(pieces))
end
