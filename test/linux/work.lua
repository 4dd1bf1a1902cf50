-- Lua doing work: closures, coroutines, strings, tables, files, processes, the collector. Prints nothing of the machine.
local function counter()
  local n = 0
  return function() n = n + 1; return n end
end
local c = counter(); c(); print("closure", c())

local t = {}
for i = 1, 20000 do t[i] = (i * 7919) % 20011 end
table.sort(t)
print("sorted", t[1], t[10000], t[20000])

local words = {}
for word in ("the quick brown fox jumps over the lazy dog the end"):gmatch("%a+") do
  words[word] = (words[word] or 0) + 1
end
local names = {}
for word in pairs(words) do names[#names + 1] = word end
table.sort(names)
for _, word in ipairs(names) do io.write(word, "=", words[word], " ") end
print()

print(("%5.2f|%-6s|%x|%q"):format(math.pi, "ab", 255, "a\nb"))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"), ("hello"):rep(2, "-"), ("abc"):reverse():upper())
print(string.pack("<i4", 1000):byte(1, -1), utf8.char(228, 8364), #utf8.char(228, 8364))
print(7 // 2, 7 % -3, 2 ^ 10, 7 / 2, 1 << 40, math.maxinteger, math.type(3.0), 10 // 0.0)

local generate = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
print("coroutine", generate(), generate(), generate())
print("error", pcall(function() error({ code = 42 }) end), select(2, pcall(error, "text", 0)))

local Point = {}
Point.__index = Point
Point.__add = function(a, b) return setmetatable({ x = a.x + b.x }, Point) end
Point.__tostring = function(p) return "Point(" .. p.x .. ")" end
Point.__close = function() print("closed") end
print(tostring(setmetatable({ x = 1 }, Point) + setmetatable({ x = 2 }, Point)))
do local resource <close> = setmetatable({ x = 0 }, Point) end

local file = assert(io.open("lua.txt", "w"))
for i = 1, 1000 do file:write("line ", i, "\n") end
file:close()
local count, bytes = 0, 0
for line in io.lines("lua.txt") do count = count + 1; bytes = bytes + #line end
print("file", count, bytes)
local again = io.open("lua.txt", "r+")
again:seek("set", 5); print("seek", again:read("n"), again:seek("end")); again:close()
print("no file", io.open("nothing/there"))
os.rename("lua.txt", "moved.txt"); print("renamed", io.open("lua.txt") == nil, os.remove("moved.txt"))

local pipe = io.popen("echo from a child; exit 3")
print("popen", pipe:read("a"), pipe:close())
print("execute", os.execute("exit 5"))
print("killed", os.execute("kill -9 $$"))
print("environment", os.getenv("HOME"), os.getenv("NOT_THERE"), os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365))
print("clock", os.clock() >= 0, os.time() > 1000000000, os.time({ year = 2000, month = 1, day = 1, hour = 12 }))
local name = os.tmpname(); print("tmpname", name:match("^/tmp/lua_") ~= nil, os.remove(name))

local weak = setmetatable({}, { __mode = "v" })
local finished = 0
for i = 1, 1000 do
  weak[i] = {}
  setmetatable({}, { __gc = function() finished = finished + 1 end })
end
collectgarbage(); collectgarbage()
print("collected", next(weak) == nil, finished)
local rope = {}
for i = 1, 5000 do rope[#rope + 1] = ("x"):rep(i % 97) end
print("memory", #table.concat(rope), collectgarbage("count") > 100)

local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end
print("tak", tak(12, 8, 4))
print("load", load("local a, b = ...; return a .. b")("lo", "ad"), select("#", table.unpack({ 1, 2, nil, 4 }, 1, 4)))
os.exit(9, true)
