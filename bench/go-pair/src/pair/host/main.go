// The host half of the pair: what the real go-plugin (AutoMTLS on) achieves on this machine, as one line of JSON.
//
//	host [-launches N] [-calls N] [-messages N] [-size BYTES] PLUGIN
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"sort"
	"sync"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"pair/wire"
)

var (
	launches = flag.Int("launches", 15, "launches measured")
	calls    = flag.Int("calls", 30000, "unary calls per measurement")
	messages = flag.Int("messages", 500000, "messages of the client stream")
	size     = flag.Int("size", 1024, "bytes per message")
)

func main() {
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: host [OPTIONS] PLUGIN")
		os.Exit(2)
	}
	if err := run(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "host:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	message := &wire.Message{Data: make([]byte, *size)}
	var starts, stops []float64
	for i := 0; i < *launches; i++ {
		begin := time.Now()
		client, _, err := launch(path, message)
		if err != nil {
			return err
		}
		starts = append(starts, milliseconds(time.Since(begin)))
		begin = time.Now()
		client.Kill()
		stops = append(stops, milliseconds(time.Since(begin)))
	}

	client, bench, err := launch(path, message)
	if err != nil {
		return err
	}
	defer client.Kill()
	if _, _, err := unary(bench, message, *calls/10, 1); err != nil {
		return err
	}
	one, oneRate, err := unary(bench, message, *calls, 1)
	if err != nil {
		return err
	}
	_, eightRate, err := unary(bench, message, *calls, 8)
	if err != nil {
		return err
	}
	streamRate, err := stream(bench, message, *messages)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"launch_p50_ms":       percentile(starts, 50),
		"stop_p50_ms":         percentile(stops, 50),
		"unary_p50_us":        percentile(one, 50),
		"unary_p99_us":        percentile(one, 99),
		"unary_1_calls_per_s": math.Round(oneRate),
		"unary_8_calls_per_s": math.Round(eightRate),
		"stream_msg_per_s":    math.Round(streamRate),
		"message_bytes":       float64(*size),
	})
}

// launch starts the plugin and returns after its first answer.
func launch(path string, message *wire.Message) (*plugin.Client, wire.BenchClient, error) {
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake,
		Plugins:          map[string]plugin.Plugin{"bench": &wire.BenchPlugin{}},
		Cmd:              exec.Command(path),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		Logger:           hclog.New(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Error}),
	})
	protocol, err := client.Client()
	if err != nil {
		client.Kill()
		return nil, nil, err
	}
	raw, err := protocol.Dispense("bench")
	if err != nil {
		client.Kill()
		return nil, nil, err
	}
	bench := raw.(wire.BenchClient)
	if _, err := bench.Handle(context.Background(), message); err != nil {
		client.Kill()
		return nil, nil, err
	}
	return client, bench, nil
}

// unary makes count calls with so many callers; it returns each call's time in microseconds and the calls per second.
func unary(bench wire.BenchClient, message *wire.Message, count, callers int) ([]float64, float64, error) {
	times := make([]float64, count/callers*callers)
	errs := make([]error, callers)
	var done sync.WaitGroup
	begin := time.Now()
	for caller := 0; caller < callers; caller++ {
		done.Add(1)
		go func(caller int) {
			defer done.Done()
			own := times[caller*(count/callers) : (caller+1)*(count/callers)]
			for i := range own {
				start := time.Now()
				if _, err := bench.Handle(context.Background(), message); err != nil {
					errs[caller] = err
					return
				}
				own[i] = float64(time.Since(start).Nanoseconds()) / 1e3
			}
		}(caller)
	}
	done.Wait()
	took := time.Since(begin)
	for _, err := range errs {
		if err != nil {
			return nil, 0, err
		}
	}
	return times, float64(len(times)) / took.Seconds(), nil
}

// stream pushes count messages and waits for the plugin's count of them.
func stream(bench wire.BenchClient, message *wire.Message, count int) (float64, error) {
	begin := time.Now()
	push, err := bench.Push(context.Background())
	if err != nil {
		return 0, err
	}
	for i := 0; i < count; i++ {
		if err := push.Send(message); err != nil {
			return 0, err
		}
	}
	answer, err := push.CloseAndRecv()
	if err != nil {
		return 0, err
	}
	if answer.Messages != uint64(count) {
		return 0, fmt.Errorf("the plugin counted %d messages of %d", answer.Messages, count)
	}
	return float64(count) / time.Since(begin).Seconds(), nil
}

func percentile(values []float64, p int) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return math.Round(sorted[(len(sorted)-1)*p/100]*100) / 100
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
