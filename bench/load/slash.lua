-- Sends the signed slash commands of the file SIGNED, one after the other; each has a trigger of its own.
dofile("report.lua")
local messages, at = {}, 0

function init()
  for line in io.lines(os.getenv("SIGNED")) do
    local time, signature, body = line:match("([^\t]*)\t([^\t]*)\t(.*)")
    messages[#messages + 1] = wrk.format("POST", nil, {
      ["Content-Type"] = "application/x-www-form-urlencoded",
      ["X-Slack-Request-Timestamp"] = time,
      ["X-Slack-Signature"] = signature,
    }, body)
  end
end

function request()
  at = at % #messages + 1
  return messages[at]
end
