-- A decision of a limit, of ten thousand that are counted.
\set n random(1, 10000)
select gate.hit(sha256(int8send(:n)), interval '1 millisecond', 1000000);
