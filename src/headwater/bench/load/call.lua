-- Load of `headwater bench api`: one kind of call, each with names no earlier one used.
-- Arguments: the kind, the secret key, a prefix no earlier run used, a seed, a file of click ids.

local summary = require("summary")

local random = math.random
local call, prefix, post, get
local clicks, made = {}, 0

local function sent(path, body)
   return "POST " .. path .. post .. #body .. "\r\n\r\n" .. body
end

local calls = {
   lead = function(name)
      return sent("/track/lead", ('{"clickId":"%s","eventName":"Sign up","customerExternalId":'
         .. '"%s","customerEmail":"%s@bench.test"}'):format(clicks[random(#clicks)], name, name))
   end,
   sale = function(name)
      return sent("/track/sale", ('{"clickId":"%s","customerExternalId":"%s","amount":%d,'
         .. '"invoiceId":"in-%s"}'):format(clicks[random(#clicks)], name, random(100, 99999), name))
   end,
   link = function(name)
      return sent("/links", ('{"url":"https://shop.bench.test/%s","externalId":"%s"}')
         :format(name, name))
   end,
   list = function()
      return "GET /links?pageSize=100" .. get
   end,
}

function init(args)
   call, prefix = calls[args[1]], args[3]
   local host = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. args[2]
   get = host .. "\r\n\r\n"
   post = host .. "\r\nContent-Type: application/json\r\nContent-Length: "
   math.randomseed(tonumber(args[4]))
   for click in io.lines(args[5]) do
      clicks[#clicks + 1] = click
   end
end

function request()
   made = made + 1
   return call(("%s-%08d"):format(prefix, made))
end

done = summary.done
