// The browser of bench/conformance.sh: follows an address as somebody would who agrees to everything at once.
for (let next = process.argv[2]; next; ) {
    const answer = await fetch(next, { redirect: 'manual' });
    next = answer.headers.get('location');
}
