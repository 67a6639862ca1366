// v1plugin is a plugin of contract version 1 on the real go-plugin. What it is told to do besides comes from its environment:
//
//	KM_TEST_RECORD=FILE    append one JSON line per call to FILE
//	KM_TEST_CHATTY=1       print 256 KiB on the process's standard output before Initialize is answered
//	KM_TEST_LONG_LINE=1    write a line of 1 MiB on standard error before Initialize is answered
//	KM_TEST_VERSIONS=1,3   the protocol versions it serves (default 1); the contract is the same in all
//	KM_TEST_PACE_MS=1      take so many milliseconds per message; "overlaps" is in the record of one that came while another was handled
//	KM_TEST_TIER=Pro       its required tier (default Free)
//
// A message whose data is "panic" makes it panic, "exit" makes it exit with code 3, "fail" makes it answer with an error.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"kilometersplugin"
)

// go-plugin replaces os.Stdout and os.Stderr after the handshake; these are the process's own, as a C library would use them.
var processStdout, processStderr = os.Stdout, os.Stderr

type entry struct {
	Call          string            `json:"call"`
	APIKey        string            `json:"api_key,omitempty"`
	APIEndpoint   string            `json:"api_endpoint,omitempty"`
	Debug         bool              `json:"debug,omitempty"`
	Data          []byte            `json:"data,omitempty"`
	Direction     string            `json:"direction,omitempty"`
	CorrelationID string            `json:"correlation_id,omitempty"`
	Overlaps      bool              `json:"overlaps,omitempty"`
	ErrorMessage  string            `json:"error_message,omitempty"`
	ErrorType     string            `json:"error_type,omitempty"`
	EventType     string            `json:"event_type,omitempty"`
	EventSeconds  int64             `json:"event_seconds,omitempty"`
	EventData     map[string]string `json:"event_data,omitempty"`
}

type recorder struct {
	mutex sync.Mutex
	file  *os.File
}

func openRecorder(path string) (*recorder, error) {
	if path == "" {
		return &recorder{}, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return &recorder{file: file}, err
}

func (r *recorder) add(e entry) {
	if r.file == nil {
		return
	}
	line, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if _, err := r.file.Write(append(line, '\n')); err != nil {
		panic(err)
	}
}

type server struct {
	kilometersplugin.UnimplementedKilometersPluginServer
	recorder *recorder
	broker   *plugin.GRPCBroker
	logger   hclog.Logger
	handling int32
}

func (s *server) GetName(context.Context, *kilometersplugin.Empty) (*kilometersplugin.StringResponse, error) {
	return &kilometersplugin.StringResponse{Value: "v1plugin"}, nil
}

func (s *server) GetVersion(context.Context, *kilometersplugin.Empty) (*kilometersplugin.StringResponse, error) {
	return &kilometersplugin.StringResponse{Value: "1.2.3"}, nil
}

func (s *server) GetRequiredTier(context.Context, *kilometersplugin.Empty) (*kilometersplugin.StringResponse, error) {
	tier := os.Getenv("KM_TEST_TIER")
	if tier == "" {
		tier = "Free"
	}
	return &kilometersplugin.StringResponse{Value: tier}, nil
}

func (s *server) Authenticate(_ context.Context, r *kilometersplugin.AuthenticateRequest) (*kilometersplugin.AuthenticateResponse, error) {
	s.recorder.add(entry{Call: "Authenticate", APIKey: r.GetApiKey()})
	return &kilometersplugin.AuthenticateResponse{
		Success:      true,
		AuthResponse: &kilometersplugin.AuthResponse{Authorized: true, UserTier: "Free", Features: []string{"console_logging"}},
	}, nil
}

func (s *server) Initialize(_ context.Context, r *kilometersplugin.InitializeRequest) (*kilometersplugin.InitializeResponse, error) {
	config := r.GetConfig()
	s.recorder.add(entry{Call: "Initialize", APIEndpoint: config.GetApiEndpoint(), Debug: config.GetDebug(), APIKey: config.GetApiKey()})
	s.logger.Info("initialized", "debug", config.GetDebug(), "pid", os.Getpid())
	if os.Getenv("KM_TEST_CHATTY") == "1" {
		for i := 0; i < 4096; i++ {
			fmt.Fprintf(processStdout, "%-63d\n", i)
		}
	}
	if os.Getenv("KM_TEST_LONG_LINE") == "1" {
		fmt.Fprintln(processStderr, strings.Repeat("x", 1<<20))
		fmt.Fprintln(processStderr, "[WARN] after the long line")
	}
	return &kilometersplugin.InitializeResponse{Success: true}, nil
}

func (s *server) Shutdown(context.Context, *kilometersplugin.ShutdownRequest) (*kilometersplugin.ShutdownResponse, error) {
	s.recorder.add(entry{Call: "Shutdown"})
	return &kilometersplugin.ShutdownResponse{Success: true}, nil
}

func (s *server) HandleMessage(_ context.Context, r *kilometersplugin.HandleMessageRequest) (*kilometersplugin.HandleMessageResponse, error) {
	overlaps := atomic.AddInt32(&s.handling, 1) > 1
	defer atomic.AddInt32(&s.handling, -1)
	s.recorder.add(entry{Call: "HandleMessage", Data: r.GetData(), Direction: r.GetDirection(), CorrelationID: r.GetCorrelationId(), Overlaps: overlaps})
	if pace, err := strconv.Atoi(os.Getenv("KM_TEST_PACE_MS")); err == nil {
		time.Sleep(time.Duration(pace) * time.Millisecond)
	}
	switch string(r.GetData()) {
	case "panic":
		panic("told to panic")
	case "exit":
		fmt.Fprintln(processStderr, "told to exit")
		os.Exit(3)
	case "fail":
		return &kilometersplugin.HandleMessageResponse{Error: "told to fail"}, nil
	}
	return &kilometersplugin.HandleMessageResponse{Success: true}, nil
}

func (s *server) HandleError(_ context.Context, r *kilometersplugin.HandleErrorRequest) (*kilometersplugin.HandleErrorResponse, error) {
	s.recorder.add(entry{Call: "HandleError", ErrorMessage: r.GetErrorMessage(), ErrorType: r.GetErrorType()})
	return &kilometersplugin.HandleErrorResponse{Success: true}, nil
}

// HandleStreamEvent also exercises the broker: on "broker.serve" the plugin serves a health service under the number in data["id"], on
// "broker.dial" it asks the host's service of that number for its health.
func (s *server) HandleStreamEvent(ctx context.Context, r *kilometersplugin.HandleStreamEventRequest) (*kilometersplugin.HandleStreamEventResponse, error) {
	event := r.GetEvent()
	s.recorder.add(entry{Call: "HandleStreamEvent", EventType: event.GetType(), EventSeconds: event.GetTimestamp().GetSeconds(), EventData: event.GetData()})
	id, _ := strconv.ParseUint(event.GetData()["id"], 10, 32)
	switch event.GetType() {
	case "broker.serve":
		go s.broker.AcceptAndServe(uint32(id), func(options []grpc.ServerOption) *grpc.Server {
			services := grpc.NewServer(options...)
			checks := health.NewServer()
			checks.SetServingStatus("brokered", grpc_health_v1.HealthCheckResponse_SERVING)
			grpc_health_v1.RegisterHealthServer(services, checks)
			return services
		})
	case "broker.dial":
		if err := s.checkHost(ctx, uint32(id)); err != nil {
			return &kilometersplugin.HandleStreamEventResponse{Error: err.Error()}, nil
		}
	}
	return &kilometersplugin.HandleStreamEventResponse{Success: true}, nil
}

func (s *server) checkHost(ctx context.Context, id uint32) error {
	connection, err := s.broker.Dial(id)
	if err != nil {
		return err
	}
	defer connection.Close()
	_, err = grpc_health_v1.NewHealthClient(connection).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "brokered"})
	return err
}

type servedPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

func (p *servedPlugin) GRPCServer(broker *plugin.GRPCBroker, services *grpc.Server) error {
	p.server.broker = broker
	kilometersplugin.RegisterKilometersPluginServer(services, p.server)
	return nil
}

func (p *servedPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (interface{}, error) {
	return nil, fmt.Errorf("v1plugin is a plugin, not a host")
}

func main() {
	logger := hclog.New(&hclog.LoggerOptions{Name: "v1plugin", Level: hclog.Trace, Output: os.Stderr, JSONFormat: true})
	recorder, err := openRecorder(os.Getenv("KM_TEST_RECORD"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	versions := os.Getenv("KM_TEST_VERSIONS")
	if versions == "" {
		versions = "1"
	}
	served := map[int]plugin.PluginSet{}
	for _, text := range strings.Split(versions, ",") {
		version, err := strconv.Atoi(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		served[version] = plugin.PluginSet{"kilometers": &servedPlugin{server: &server{recorder: recorder, logger: logger}}}
	}

	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey:   "KILOMETERS_PLUGIN",
			MagicCookieValue: "kilometers_monitoring_plugin",
		},
		VersionedPlugins: served,
		GRPCServer:       plugin.DefaultGRPCServer,
		Logger:           logger,
	})
}
