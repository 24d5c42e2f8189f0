-- Load of `headwater bench redirect`, the same for nginx and for Headwater.
-- Arguments: a file with one link key per line, a file with one User-Agent per line, a seed.
-- Every request is a new visitor: a random address, a random browser, a random link.
-- Requests are glued from four prepared pieces, because a slow generator would lower the ceiling.

local summary = require("summary")

local HOST = "go.bench.test"
local heads, agents, networks, hosts = {}, {}, {}, {}
local random = math.random

local function octets_joined(first, last, before, after)
   local joined = {}
   for a = first, last do
      for b = 0, 255 do
         joined[#joined + 1] = before .. a .. "." .. b .. after
      end
   end
   return joined
end

function init(args)
   for key in io.lines(args[1]) do
      heads[#heads + 1] = "GET /" .. key .. " HTTP/1.1\r\nHost: " .. HOST .. "\r\nX-Forwarded-For: "
   end
   for agent in io.lines(args[2]) do
      agents[#agents + 1] = "\r\nUser-Agent: " .. agent
         .. "\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
         .. "\r\nAccept-Language: en-US,en;q=0.9\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n"
   end
   networks = octets_joined(11, 126, "", ".")
   hosts = octets_joined(0, 255, "", "")
   math.randomseed(tonumber(args[3]))
end

function request()
   return heads[random(#heads)] .. networks[random(#networks)]
      .. hosts[random(#hosts)] .. agents[random(#agents)]
end

done = summary.done
