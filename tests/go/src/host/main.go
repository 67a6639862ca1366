// host starts a plugin of contract version 1 with the real go-plugin's host half, makes every call of the contract, and prints one JSON
// object with what came back. Exit code 0: everything went well; 1: the object's "error" says what did not.
//
//	host [-versions 1] [-automtls=true] [-messages 3] [-size 1024] [-timeout 20s] [-api-key KEY] PLUGIN [ARG…]
//
// Result: negotiated, name, version, required_tier, authenticate, initialize, messages (answered with success), handle_error,
// handle_stream_event, shutdown, ping (health), start_ms, message_us (mean), kill_ms, exited, log (what the plugin wrote on standard
// error, as go-plugin understood it: one hclog JSON object each).
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang/protobuf/ptypes"
	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"kilometersplugin"
)

type result struct {
	Error             string                                      `json:"error,omitempty"`
	Negotiated        int                                         `json:"negotiated"`
	Name              string                                      `json:"name"`
	Version           string                                      `json:"version"`
	RequiredTier      string                                      `json:"required_tier"`
	Authenticate      *kilometersplugin.AuthenticateResponse      `json:"authenticate,omitempty"`
	Initialize        *kilometersplugin.InitializeResponse        `json:"initialize,omitempty"`
	Messages          int                                         `json:"messages"`
	HandleError       *kilometersplugin.HandleErrorResponse       `json:"handle_error,omitempty"`
	HandleStreamEvent *kilometersplugin.HandleStreamEventResponse `json:"handle_stream_event,omitempty"`
	Shutdown          *kilometersplugin.ShutdownResponse          `json:"shutdown,omitempty"`
	Ping              bool                                        `json:"ping"`
	StartMS           float64                                     `json:"start_ms"`
	MessageUS         float64                                     `json:"message_us"`
	KillMS            float64                                     `json:"kill_ms"`
	Exited            bool                                        `json:"exited"`
	Log               []json.RawMessage                           `json:"log"`
}

// logLines collects the log of go-plugin's own logger, which writes from several goroutines.
type logLines struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.Write(p)
}

func (l *logLines) entries() []json.RawMessage {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	entries := []json.RawMessage{}
	for _, line := range bytes.Split(l.buffer.Bytes(), []byte("\n")) {
		if json.Valid(line) {
			entries = append(entries, append(json.RawMessage{}, line...))
		}
	}
	return entries
}

type clientPlugin struct {
	plugin.NetRPCUnsupportedPlugin
}

func (clientPlugin) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return fmt.Errorf("host is a host, not a plugin")
}

func (clientPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, connection *grpc.ClientConn) (interface{}, error) {
	return kilometersplugin.NewKilometersPluginClient(connection), nil
}

type options struct {
	autoMTLS bool
	messages int
	size     int
	timeout  time.Duration
	apiKey   string
	versions map[int]plugin.PluginSet
	command  []string
}

func parseOptions() (options, error) {
	var o options
	versions := flag.String("versions", "1", "protocol versions to offer, comma separated")
	flag.BoolVar(&o.autoMTLS, "automtls", true, "AutoMTLS")
	flag.IntVar(&o.messages, "messages", 3, "how many messages to send")
	flag.IntVar(&o.size, "size", 1024, "bytes per message")
	flag.DurationVar(&o.timeout, "timeout", 20*time.Second, "for the start, and for all calls together")
	flag.StringVar(&o.apiKey, "api-key", "km_test_key", "the key given to Authenticate and Initialize")
	flag.Parse()
	o.command = flag.Args()
	o.versions = map[int]plugin.PluginSet{}
	for _, text := range strings.Split(*versions, ",") {
		version, err := strconv.Atoi(text)
		if err != nil {
			return o, err
		}
		o.versions[version] = plugin.PluginSet{"kilometers": clientPlugin{}}
	}
	if len(o.command) == 0 {
		return o, fmt.Errorf("usage: host [flags] PLUGIN [ARG…]")
	}
	return o, nil
}

func run(o options, log *logLines, r *result) error {
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey:   "KILOMETERS_PLUGIN",
			MagicCookieValue: "kilometers_monitoring_plugin",
		},
		VersionedPlugins: o.versions,
		Cmd:              exec.Command(o.command[0], o.command[1:]...),
		AutoMTLS:         o.autoMTLS,
		StartTimeout:     o.timeout,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.New(&hclog.LoggerOptions{Name: "host", Level: hclog.Trace, Output: log, JSONFormat: true}),
	})
	defer func() {
		begin := time.Now()
		client.Kill()
		r.KillMS = milliseconds(time.Since(begin))
		r.Exited = client.Exited()
	}()

	begin := time.Now()
	protocol, err := client.Client()
	if err != nil {
		return fmt.Errorf("start: %v", err)
	}
	r.Negotiated = client.NegotiatedVersion()
	if err := protocol.Ping(); err != nil {
		return fmt.Errorf("ping: %v", err)
	}
	r.Ping = true
	r.StartMS = milliseconds(time.Since(begin))

	dispensed, err := protocol.Dispense("kilometers")
	if err != nil {
		return fmt.Errorf("dispense: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	return callAll(ctx, dispensed.(kilometersplugin.KilometersPluginClient), o, r)
}

func callAll(ctx context.Context, client kilometersplugin.KilometersPluginClient, o options, r *result) error {
	for _, getter := range []struct {
		call func(context.Context, *kilometersplugin.Empty, ...grpc.CallOption) (*kilometersplugin.StringResponse, error)
		into *string
	}{{client.GetName, &r.Name}, {client.GetVersion, &r.Version}, {client.GetRequiredTier, &r.RequiredTier}} {
		response, err := getter.call(ctx, &kilometersplugin.Empty{})
		if err != nil {
			return fmt.Errorf("getter: %v", err)
		}
		*getter.into = response.GetValue()
	}

	var err error
	if r.Authenticate, err = client.Authenticate(ctx, &kilometersplugin.AuthenticateRequest{ApiKey: o.apiKey}); err != nil {
		return fmt.Errorf("Authenticate: %v", err)
	}
	config := &kilometersplugin.PluginConfig{ApiEndpoint: "https://api.example.test", Debug: true, ApiKey: o.apiKey}
	if r.Initialize, err = client.Initialize(ctx, &kilometersplugin.InitializeRequest{Config: config}); err != nil {
		return fmt.Errorf("Initialize: %v", err)
	}
	if err := sendMessages(ctx, client, o, r); err != nil {
		return err
	}
	if r.HandleError, err = client.HandleError(ctx, &kilometersplugin.HandleErrorRequest{ErrorMessage: "broken pipe", ErrorType: "io"}); err != nil {
		return fmt.Errorf("HandleError: %v", err)
	}
	event := &kilometersplugin.StreamEvent{Type: "session.started", Timestamp: ptypes.TimestampNow(), Data: map[string]string{"server": "test"}}
	if r.HandleStreamEvent, err = client.HandleStreamEvent(ctx, &kilometersplugin.HandleStreamEventRequest{Event: event}); err != nil {
		return fmt.Errorf("HandleStreamEvent: %v", err)
	}
	if r.Shutdown, err = client.Shutdown(ctx, &kilometersplugin.ShutdownRequest{}); err != nil {
		return fmt.Errorf("Shutdown: %v", err)
	}
	return nil
}

func sendMessages(ctx context.Context, client kilometersplugin.KilometersPluginClient, o options, r *result) error {
	padding := strings.Repeat("x", o.size)
	begin := time.Now()
	for i := 0; i < o.messages; i++ {
		direction := "inbound"
		if i%2 == 1 {
			direction = "outbound"
		}
		response, err := client.HandleMessage(ctx, &kilometersplugin.HandleMessageRequest{
			Data:          []byte(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"pad":"%s"}}`, i, padding)),
			Direction:     direction,
			CorrelationId: fmt.Sprintf("c-%d", i/2),
		})
		if err != nil {
			return fmt.Errorf("HandleMessage %d: %v", i, err)
		}
		if response.GetSuccess() {
			r.Messages++
		}
	}
	if o.messages > 0 {
		r.MessageUS = float64(time.Since(begin).Microseconds()) / float64(o.messages)
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func main() {
	o, err := parseOptions()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	log, r := &logLines{}, &result{}
	if err := run(o, log, r); err != nil {
		r.Error = err.Error()
	}
	r.Log = log.entries()
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil || r.Error != "" {
		os.Exit(1)
	}
}
