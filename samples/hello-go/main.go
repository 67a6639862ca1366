// hello-go is the smallest Kilometers plugin in Go: it writes one line per message to its log.
package main

import (
	"context"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"kilometersplugin"
)

type hello struct {
	kilometersplugin.UnimplementedKilometersPluginServer
	plugin.NetRPCUnsupportedPlugin
	log hclog.Logger
}

func (h *hello) GetName(context.Context, *kilometersplugin.Empty) (*kilometersplugin.StringResponse, error) {
	return &kilometersplugin.StringResponse{Value: "hello-go"}, nil
}

func (h *hello) GetVersion(context.Context, *kilometersplugin.Empty) (*kilometersplugin.StringResponse, error) {
	return &kilometersplugin.StringResponse{Value: "1.0.0"}, nil
}

func (h *hello) GetRequiredTier(context.Context, *kilometersplugin.Empty) (*kilometersplugin.StringResponse, error) {
	return &kilometersplugin.StringResponse{Value: "Free"}, nil
}

func (h *hello) Authenticate(context.Context, *kilometersplugin.AuthenticateRequest) (*kilometersplugin.AuthenticateResponse, error) {
	return &kilometersplugin.AuthenticateResponse{
		Success:      true,
		AuthResponse: &kilometersplugin.AuthResponse{Authorized: true, UserTier: "Free"},
	}, nil
}

func (h *hello) Initialize(context.Context, *kilometersplugin.InitializeRequest) (*kilometersplugin.InitializeResponse, error) {
	return &kilometersplugin.InitializeResponse{Success: true}, nil
}

func (h *hello) Shutdown(context.Context, *kilometersplugin.ShutdownRequest) (*kilometersplugin.ShutdownResponse, error) {
	return &kilometersplugin.ShutdownResponse{Success: true}, nil
}

func (h *hello) HandleMessage(_ context.Context, r *kilometersplugin.HandleMessageRequest) (*kilometersplugin.HandleMessageResponse, error) {
	h.log.Info("message", "direction", r.GetDirection(), "bytes", len(r.GetData()))
	return &kilometersplugin.HandleMessageResponse{Success: true}, nil
}

func (h *hello) HandleError(_ context.Context, r *kilometersplugin.HandleErrorRequest) (*kilometersplugin.HandleErrorResponse, error) {
	h.log.Warn("error", "message", r.GetErrorMessage())
	return &kilometersplugin.HandleErrorResponse{Success: true}, nil
}

func (h *hello) HandleStreamEvent(_ context.Context, r *kilometersplugin.HandleStreamEventRequest) (*kilometersplugin.HandleStreamEventResponse, error) {
	h.log.Info("event", "type", r.GetEvent().GetType())
	return &kilometersplugin.HandleStreamEventResponse{Success: true}, nil
}

func (h *hello) GRPCServer(_ *plugin.GRPCBroker, services *grpc.Server) error {
	kilometersplugin.RegisterKilometersPluginServer(services, h)
	return nil
}

func (h *hello) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (interface{}, error) {
	return nil, nil
}

func main() {
	log := hclog.New(&hclog.LoggerOptions{Name: "hello-go", Level: hclog.Info, JSONFormat: true})
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  1,
			MagicCookieKey:   "KILOMETERS_PLUGIN",
			MagicCookieValue: "kilometers_monitoring_plugin",
		},
		Plugins:    plugin.PluginSet{"kilometers": &hello{log: log}},
		GRPCServer: plugin.DefaultGRPCServer,
		Logger:     log,
	})
}
