-- Load of `headwater bench sale`: one new invoice per request, over existing customers.
-- Arguments: the secret key, the number of customers, a prefix no earlier run used, a seed.

local summary = require("summary")

local head, prefix, customers
local sold, random = 0, math.random

local BODY = '{"customerExternalId":"customer-%06d","amount":%d,"currency":"usd",'
   .. '"eventName":"Invoice paid","paymentProcessor":"stripe","invoiceId":"%s-%08d"}'

function init(args)
   customers = tonumber(args[2])
   prefix = args[3]
   head = "POST /track/sale HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. args[1]
      .. "\r\nContent-Type: application/json\r\nContent-Length: "
   math.randomseed(tonumber(args[4]))
end

function request()
   sold = sold + 1
   local body = BODY:format(random(customers), random(100, 99999), prefix, sold)
   return head .. #body .. "\r\n\r\n" .. body
end

done = summary.done
