namespace Kilometers.Ui.Pages;

/// <summary>Which address is which page.</summary>
internal static class Routes
{
    public static void Map(WebApplication app, RecordedPages pages, LiveStream live)
    {
        app.MapGet("/", pages.SessionsAsync);
        app.MapGet("/live", live.ServeAsync);
        app.MapGet("/live/here", LiveStream.StillHereAsync);
        app.MapGet("/assets/{version}/{name}", context =>
            Assets.ServeAsync(context, (string)context.GetRouteValue("version")!, (string)context.GetRouteValue("name")!)
        );
    }
}
