home-hello = Habari, { $name }
home-needs = Kinachokuhitaji
home-nothing = Hakuna kinachokusubiri leo.
