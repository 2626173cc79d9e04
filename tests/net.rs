//! The client against the real server: in the process, on a free port of this machine, directly and through a proxy that
//! injects faults.

#[path = "net/client.rs"]
mod client;
#[path = "net/commands.rs"]
mod commands;
#[path = "net/faults.rs"]
mod faults;
#[path = "net/jobs.rs"]
mod jobs;
#[path = "net/options.rs"]
mod options;
#[path = "net/practice.rs"]
mod practice;
#[path = "net/proxy.rs"]
mod proxy;
#[path = "net/server.rs"]
mod server;
#[path = "shared/text_model.rs"]
mod text_model;
#[path = "net/tools.rs"]
mod tools;
#[path = "net/vendor.rs"]
mod vendor;
