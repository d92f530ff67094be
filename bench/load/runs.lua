-- Starts one run per request and is answered when the run is over. BODY, and PREFER for the bot (RFC 7240).
dofile("report.lua")
local headers = { ["Content-Type"] = "application/json" }
if os.getenv("PREFER") then
  headers["Prefer"] = os.getenv("PREFER")
  headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")
end
local message

function init() message = wrk.format("POST", nil, headers, os.getenv("BODY")) end

function request() return message end
