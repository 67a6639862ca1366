// The other side of bench/http.sh: a small MCP server over HTTP, the minimal reverse proxy of Go to compare with, and clients that measure.
//
//	http-pair serve ADDRESS            answers each POST with JSON; a GET is an event stream with its first event after a POST to /event
//	http-pair proxy ADDRESS TARGET     httputil.ReverseProxy, which flushes at once
//	http-pair load URL CONNECTIONS MS  prints: requests per second, p50 and p99 in microseconds
//	http-pair events URL EVENT-URL     prints: milliseconds to the headers of an idle stream, and from an event to its arrival
//	http-pair stdio COUNT COMMAND…     prints: p50 and p99 in microseconds of requests to a server on standard input and output
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"sync"
	"time"
)

const question = `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}}`
const answer = `{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"hello"}]}}`

func main() {
	var err error
	switch args := os.Args[1:]; args[0] {
	case "serve":
		err = serve(args[1])
	case "proxy":
		err = proxy(args[1], args[2])
	case "load":
		err = load(args[1], number(args[2]), time.Duration(number(args[3]))*time.Millisecond)
	case "events":
		err = events(args[1], args[2])
	case "stdio":
		err = stdio(number(args[1]), args[2:])
	default:
		err = fmt.Errorf("unknown mode %s", args[0])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return value
}

func idOf(body []byte) string {
	at := bytes.Index(body, []byte(`"id":`))
	if at < 0 {
		return "0"
	}
	end := at + 5
	for end < len(body) && body[end] >= '0' && body[end] <= '9' {
		end++
	}
	return string(body[at+5 : end])
}

func serve(address string) error {
	var gate sync.Mutex
	waiting := make(chan struct{})
	http.HandleFunc("/event", func(w http.ResponseWriter, r *http.Request) {
		gate.Lock()
		close(waiting)
		waiting = make(chan struct{})
		gate.Unlock()
	})
	http.HandleFunc("/mcp", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			gate.Lock()
			next := waiting
			gate.Unlock()
			w.Header().Set("Content-Type", "text/event-stream")
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			select {
			case <-next:
				io.WriteString(w, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n")
				w.(http.Flusher).Flush()
			case <-r.Context().Done():
			}
			return
		}
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte(`"initialize"`)) {
			w.Header().Set("Mcp-Session-Id", "s-1")
		}
		text := fmt.Sprintf(answer, idOf(body))
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		io.WriteString(w, text)
	})
	return http.ListenAndServe(address, nil)
}

func proxy(address, target string) error {
	to, err := url.Parse(target)
	if err != nil {
		return err
	}
	reverse := httputil.NewSingleHostReverseProxy(to)
	reverse.FlushInterval = -1
	reverse.Transport = &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
	return http.ListenAndServe(address, reverse)
}

func post(client *http.Client, address string, id int) error {
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader([]byte(fmt.Sprintf(question, id))))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	request.Header.Set("Mcp-Session-Id", "s-1")
	request.Header.Set("MCP-Protocol-Version", "2025-11-25")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode != 200 {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return err
}

func print(times []time.Duration, elapsed time.Duration) {
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	fmt.Printf("%.0f %.1f %.1f\n", float64(len(times))/elapsed.Seconds(),
		float64(times[len(times)/2].Nanoseconds())/1000, float64(times[len(times)*99/100].Nanoseconds())/1000)
}

func load(address string, connections int, limit time.Duration) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	for i := 0; i < 200; i++ {
		if err := post(client, address, i); err != nil {
			return err
		}
	}
	var all []time.Duration
	var gate sync.Mutex
	var group sync.WaitGroup
	var failure error
	begin := time.Now()
	for c := 0; c < connections; c++ {
		group.Add(1)
		go func(c int) {
			defer group.Done()
			var own []time.Duration
			for i := 0; time.Since(begin) < limit; i++ {
				start := time.Now()
				if err := post(client, address, c*1000000+i); err != nil {
					gate.Lock()
					failure = err
					gate.Unlock()
					return
				}
				own = append(own, time.Since(start))
			}
			gate.Lock()
			all = append(all, own...)
			gate.Unlock()
		}(c)
	}
	group.Wait()
	if failure != nil {
		return failure
	}
	print(all, time.Since(begin))
	return nil
}

func events(address, event string) error {
	client := &http.Client{}
	var headers, first []float64
	for i := 0; i < 50; i++ {
		request, _ := http.NewRequest(http.MethodGet, address, nil)
		request.Header.Set("Accept", "text/event-stream")
		request.Header.Set("Mcp-Session-Id", "s-1")
		request.Header.Set("MCP-Protocol-Version", "2025-11-25")
		start := time.Now()
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		headers = append(headers, time.Since(start).Seconds()*1000)
		time.Sleep(5 * time.Millisecond)
		start = time.Now()
		if _, err := http.Post(event, "text/plain", nil); err != nil {
			return err
		}
		if _, err := bufio.NewReader(response.Body).ReadString('\n'); err != nil {
			return err
		}
		first = append(first, time.Since(start).Seconds()*1000)
		response.Body.Close()
	}
	sort.Float64s(headers)
	sort.Float64s(first)
	fmt.Printf("%.2f %.2f\n", headers[len(headers)/2], first[len(first)/2])
	return nil
}

func stdio(count int, command []string) error {
	child := exec.Command(command[0], command[1:]...)
	child.Stderr = os.Stderr
	input, err := child.StdinPipe()
	if err != nil {
		return err
	}
	output, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	reader := bufio.NewReader(output)
	var times []time.Duration
	begin := time.Now()
	for i := 0; i < count+200; i++ {
		start := time.Now()
		if _, err := fmt.Fprintf(input, question+"\n", i); err != nil {
			return err
		}
		if _, err := reader.ReadString('\n'); err != nil {
			return err
		}
		if i >= 200 {
			times = append(times, time.Since(start))
		} else if i == 199 {
			begin = time.Now()
		}
	}
	print(times, time.Since(begin))
	input.Close()
	return child.Wait()
}
