// Loaded into the processes that `cae` starts, before their own code: when `cae` is gone without having stopped them
// (kill -9, out of memory), they shut down by themselves.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// The listener must not keep a process alive that has nothing else to do.
process.channel?.unref()
