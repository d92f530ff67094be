using Bot.Web;
using Bot.Web.Parts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Tests.Parts.Added;

/// <summary>A page in one file: <c>/lamp</c>, with its entry in the navigation.</summary>
internal sealed class LampPages : IPages
{
    public string Path => "/lamp";

    public IReadOnlyList<NavigationEntry> Navigation { get; } = [new("/lamp", "Lamp", "lamp", 80)];

    public void Map(IEndpointRouteBuilder pages) => pages.MapGet(Path, () => new RazorComponentResult<Lamp>());

    private sealed class Lamp : ComponentBase
    {
        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenComponent<Page>(0);
            builder.AddComponentParameter(1, nameof(Page.Title), "Lamp");
            builder.AddComponentParameter(2, nameof(Page.Section), "lamp");
            builder.AddComponentParameter(
                3,
                nameof(Page.ChildContent),
                (RenderFragment)(page => page.AddMarkupContent(0, "<h1>It is lit</h1>"))
            );
            builder.CloseComponent();
        }
    }
}
