namespace Kilometers.Ui.Pages;

/// <summary>Which address is which page.</summary>
internal static class Routes
{
    public static void Map(WebApplication app, RecordedPages pages, LiveStream live)
    {
        app.MapGet("/", pages.SessionsAsync);
        app.MapGet("/sessions/{key}", pages.SessionAsync);
        app.MapGet("/sessions/{key}/rows", pages.RowsAsync);
        app.MapGet("/sessions/{key}/notes", pages.NotesAsync);
        app.MapGet("/sessions/{key}/tools", pages.ToolsAsync);
        app.MapGet("/sessions/{key}/charts", pages.ChartsAsync);
        app.MapGet("/sessions/{key}/diff", pages.DiffAsync);
        app.MapGet("/sessions/{key}/findings", pages.FindingsAsync);
        app.MapGet("/calls/{id}", pages.CallAsync);
        app.MapGet("/calls/{id}/messages/{at}", pages.MessageAsync);
        app.MapGet("/tools", pages.ToolsAsync);
        app.MapGet("/charts", pages.ChartsAsync);
        app.MapGet("/definitions", pages.DefinitionsAsync);
        app.MapGet("/definitions/{id}", pages.DefinitionAsync);
        app.MapGet("/definitions/{id}/raw", pages.RawDefinitionAsync);
        app.MapGet("/findings", pages.FindingsAsync);
        app.MapGet("/search", pages.SearchAsync);
        app.MapFallback(RecordedPages.NowhereAsync);
        app.MapGet("/live", live.ServeAsync);
        app.MapGet("/live/here", LiveStream.StillHereAsync);
        app.MapGet("/assets/{version}/{name}", context =>
            Assets.ServeAsync(context, (string)context.GetRouteValue("version")!, (string)context.GetRouteValue("name")!)
        );
    }
}
