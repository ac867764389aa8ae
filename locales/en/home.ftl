home-hello = Hello, { $name }
home-needs = What needs you
home-nothing = Nothing waits for you today.
