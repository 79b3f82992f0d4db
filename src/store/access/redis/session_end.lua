-- id, now
return close(arg(1), number(2)) and 1 or 0
