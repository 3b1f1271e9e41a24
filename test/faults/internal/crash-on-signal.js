// Loaded before the router: makes the faults that no request can make.
process.on('SIGUSR2', () => {
  setImmediate(() => {
    throw new Error('boom sk-canary-0123456789abcdef0123456789 "the secret prompt"');
  });
});
process.on('SIGPIPE', () => {
  Promise.reject(new TypeError('nobody handles this'));
});
